/** A gate that opens at most once in `interval` milliseconds: the first call passes at once. */
export function createThrottle(interval: number, now: () => number = Date.now): () => boolean {
	let passedAt = -Infinity;
	return () => {
		const time = now();
		if (time - passedAt < interval) return false;
		passedAt = time;
		return true;
	};
}
