import { describe, expect, it } from 'vitest';
import { createMessageId, isUuid } from './message-id';

describe('ids of messages', () => {
	it('are version 7 uuids of the RFC variant', () => {
		expect(createMessageId()).toMatch(
			/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
		);
	});

	it('carry the time in their first 48 bits', () => {
		const later = Date.now() + 60_000;
		expect(parseInt(createMessageId(later).replaceAll('-', '').slice(0, 12), 16)).toBe(later);
	});

	it('sort in the order they were made, also 10,000 within one millisecond and after a clock set back', () => {
		const now = Date.now() + 120_000;
		const ids = Array.from({ length: 10_000 }, () => createMessageId(now));
		ids.push(createMessageId(now - 5_000));
		expect(ids).toEqual([...ids].sort());
		expect(new Set(ids).size).toBe(ids.length);
	});

	it('are told from other strings', () => {
		expect(isUuid(createMessageId())).toBe(true);
		for (const text of ['', 'x', '018f-', "' or 1=1", `${createMessageId()}0`])
			expect(isUuid(text)).toBe(false);
	});
});
