import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Presence, type PresenceDiff, type PresenceEntries } from './presence.ts';

function createPresence() {
	let last = 0;
	return new Presence<object>(() => `ref${++last}`);
}

it('tells a first appearance as a join', () => {
	const presence = createPresence();
	expect(presence.track({}, 'anna', { at: 1 })).toEqual({
		joins: { anna: { metas: [{ phx_ref: 'ref1', at: 1 }] } },
		leaves: {},
	});
	expect(presence.state()).toEqual({ anna: { metas: [{ phx_ref: 'ref1', at: 1 }] } });
});

it('tells a changed payload as one diff with a join and a leave', () => {
	const presence = createPresence();
	const owner = {};
	presence.track(owner, 'anna', { at: 1 });
	expect(presence.track(owner, 'anna', { at: 2 })).toEqual({
		joins: { anna: { metas: [{ phx_ref: 'ref2', phx_ref_prev: 'ref1', at: 2 }] } },
		leaves: { anna: { metas: [{ phx_ref: 'ref1', at: 1 }] } },
	});
	expect(presence.size).toBe(1);
});

it('has nothing to tell when the payload stays the same', () => {
	const presence = createPresence();
	const owner = {};
	presence.track(owner, 'anna', { at: 1 });
	expect(presence.track(owner, 'anna', { at: 1 })).toBeNull();
});

it('keeps two tabs of one person under one key', () => {
	const presence = createPresence();
	const first = {};
	presence.track(first, 'anna', { tab: 1 });
	presence.track({}, 'anna', { tab: 2 });
	expect(presence.state().anna?.metas).toHaveLength(2);
	presence.untrack(first);
	expect(presence.state()).toEqual({ anna: { metas: [{ phx_ref: 'ref2', tab: 2 }] } });
});

it('has nothing to tell when one leaves who never appeared', () => {
	expect(createPresence().untrack({})).toBeNull();
});

it('lets nobody set the mark that is the server’s', () => {
	const presence = createPresence();
	presence.track({}, 'anna', { phx_ref: 'forged' });
	expect(presence.state().anna?.metas[0]?.phx_ref).toBe('ref1');
});

it('takes names of built-in properties as keys', () => {
	const presence = createPresence();
	for (const key of ['__proto__', 'constructor', 'toString']) presence.track({}, key, {});
	expect(Object.keys(presence.state())).toEqual(['__proto__', 'constructor', 'toString']);
	expect(JSON.stringify(presence.state())).toContain('"__proto__":{"metas":[{"phx_ref":"ref1"}]}');
});

it('sends diffs that lead whoever applies them to the state', () => {
	const owners = [{}, {}, {}];
	const step = fc.record({
		owner: fc.constantFrom(...owners),
		key: fc.constantFrom('anna', 'ben'),
		payload: fc.option(fc.record({ at: fc.nat(2) })),
	});
	fc.assert(
		fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
			const presence = createPresence();
			const heard = new Map<string, string>();
			for (const { owner, key, payload } of steps) {
				const diff = payload ? presence.track(owner, key, payload) : presence.untrack(owner);
				if (diff) apply(heard, diff);
			}
			expect(heard).toEqual(refs(presence.state()));
		}),
	);
});

function apply(heard: Map<string, string>, { joins, leaves }: PresenceDiff) {
	for (const ref of refs(leaves).keys()) heard.delete(ref);
	for (const [ref, key] of refs(joins)) heard.set(ref, key);
}

function refs(entries: PresenceEntries): Map<string, string> {
	return new Map(
		Object.entries(entries).flatMap(([key, { metas }]) =>
			metas.map(({ phx_ref }) => [phx_ref, key] as const),
		),
	);
}
