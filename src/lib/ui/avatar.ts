const COLOURS = 5;

/** First letters of the first and last word, in capitals; titles such as "Dr." are no part of a name. */
export function initials(name: string): string {
	const words = name.split(/\s+/).filter((word) => word !== '' && !word.endsWith('.'));
	const picked = words.length > 1 ? [words[0], words.at(-1)] : words;
	return (
		picked
			.map((word) => [...(word ?? '')][0] ?? '')
			.join('')
			.toLocaleUpperCase() || '?'
	);
}

/** One of five colours (0–4), the same for an id wherever it is drawn. */
export function colourIndex(id: string): number {
	let hash = 0;
	for (const char of id) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
	return hash % COLOURS;
}
