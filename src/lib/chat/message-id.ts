let lastMillis = 0;
let counter = 0;

/**
 * A UUIDv7 (RFC 9562): 48 bits of milliseconds, then a 12-bit counter, then 62 random bits, so that ids made
 * in this tab sort in the order they were made. The client makes the id before the first try; it is what
 * makes a repeated send the same send.
 */
export function createMessageId(now = Date.now()): string {
	if (now > lastMillis) {
		lastMillis = now;
		counter = 0;
	} else if (++counter > 0xfff) {
		lastMillis += 1;
		counter = 0;
	}
	const random = crypto.getRandomValues(new Uint8Array(8));
	random[0] = (random[0]! & 0x3f) | 0x80;
	const tail = Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
	const time = lastMillis.toString(16).padStart(12, '0');
	const count = (0x7000 | counter).toString(16);
	return `${time.slice(0, 8)}-${time.slice(8)}-${count}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}

/** Whether a string has the form of a uuid; anything else cannot name a row, so it need not be asked for. */
export function isUuid(text: string): boolean {
	return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
