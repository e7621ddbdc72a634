/**
 * What `postgresql.conf` says, the same on every machine: the file is written anew at each start, so no default that
 * initdb or a package chose can differ. Durability is PostgreSQL's own: a commit is on disk when it is answered.
 */
const configuration = {
	listen_addresses: '127.0.0.1',
	// TCP alone: a socket folder would need a path that every account can write and that is short enough.
	unix_socket_directories: '',
	max_connections: 200,
	password_encryption: 'scram-sha-256',

	fsync: 'on',
	synchronous_commit: 'on',
	full_page_writes: 'on',

	// Realtime reads the WAL.
	wal_level: 'logical',
	max_wal_senders: 10,
	max_replication_slots: 10,
	// A reader that never comes back may not fill the disk.
	max_slot_wal_keep_size: '1GB',

	shared_buffers: '256MB',
	effective_cache_size: '1GB',
	work_mem: '8MB',
	maintenance_work_mem: '128MB',
	max_wal_size: '2GB',
	// As on hosted projects.
	jit: 'off',

	timezone: 'UTC',
	log_timezone: 'UTC',
	datestyle: 'iso, mdy',
	lc_messages: 'C',
	lc_monetary: 'C',
	lc_numeric: 'C',
	lc_time: 'C',
	default_text_search_config: 'pg_catalog.english',

	// Errors can quote what patients wrote. The log gets none (this keeps the lines about the server itself); whoever
	// caused an error is told it anyway.
	log_min_messages: 'log',
	log_min_error_statement: 'panic',
	log_parameter_max_length_on_error: 0,
	log_line_prefix: '%m [%p] %u ',
} as const;

/** The text of `postgresql.conf` for a server on `port`. */
export function serverConfiguration(port: number): string {
	const lines = Object.entries({ ...configuration, port }).map(([name, value]) => `${name} = '${value}'\n`);
	return `# Written at every start of the embedded stack; changes here are lost.\n${lines.join('')}`;
}
