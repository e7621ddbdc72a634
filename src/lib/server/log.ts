/** Ids and codes only. No URL, name, body or e-mail address is ever a field: the type leaves no room for one. */
export interface LogLine {
	event: 'request' | 'failure';
	requestId: string;
	route?: string | null;
	method?: string;
	status?: number;
	ms?: number;
	userId?: string | null;
	errorId?: string;
	/** The class or code of an error, never its message: messages quote what people typed. */
	errorName?: string;
	/** Frames of the stack without its first lines, which repeat the message. */
	frames?: string[];
}

/** Writes one JSON line. */
export function log(line: LogLine): void {
	const write = line.event === 'failure' ? console.error : console.info;
	write(JSON.stringify({ at: new Date().toISOString(), ...line }));
}

/** What may be logged of a thrown value. */
export function describeError(error: unknown): Pick<LogLine, 'errorName' | 'frames'> {
	if (!(error instanceof Error)) return { errorName: typeof error };
	const code = 'code' in error && typeof error.code === 'string' ? `:${error.code}` : '';
	const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
	return { errorName: error.name + code, frames: frames?.slice(0, 6).map((line) => line.trim()) };
}
