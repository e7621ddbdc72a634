import type { Bubble } from './bubble';
import type { Delivery } from './delivery';

/** A thread as lines of a page: bubbles in groups, and what stands between them. */
export type Line =
	| { type: 'day'; key: string; at: string; label: string }
	| { type: 'new'; key: string }
	| { type: 'system'; key: string; code: string; time: string }
	| { type: 'bubble'; key: string; bubble: Bubble; time: string; isFirst: boolean; isLast: boolean };

export interface View {
	/** The reader's zone and language, the same on the server and in the browser. */
	timeZone: string;
	locale: string;
	now: Date;
	/** Where the "New" divider stands, if anywhere. */
	newFromSeq: number | null;
	words: { today: string; yesterday: string };
}

/** Messages of one person this close together share one time. */
const groupLasts = 5 * 60_000;

/** Lays messages out in lines. Pure, so server and browser draw the same. */
export function layOut(bubbles: readonly Bubble[], view: View): Line[] {
	const { timeZone, locale } = view;
	const clock = new Intl.DateTimeFormat(locale, {
		timeZone,
		hour: '2-digit',
		minute: '2-digit',
		hourCycle: 'h23',
	});
	const nameDay = createDayNames(view);
	const lines: Line[] = [];
	let day: string | null = null;
	bubbles.forEach((bubble, index) => {
		const at = new Date(bubble.at);
		const label = nameDay(at);
		const time = clock.format(at);
		if (label !== day) lines.push({ type: 'day', key: `day ${label}`, at: bubble.at, label });
		day = label;
		if (bubble.seq !== null && bubble.seq === view.newFromSeq) lines.push({ type: 'new', key: 'new' });
		if (bubble.senderId === null) {
			lines.push({ type: 'system', key: bubble.id, code: bubble.body, time });
			return;
		}
		const above = lines.at(-1);
		const below = bubbles[index + 1];
		const isFirst = above?.type !== 'bubble' || !isOneGroup(above.bubble, bubble);
		const isLast =
			!below ||
			!isOneGroup(bubble, below) ||
			nameDay(new Date(below.at)) !== label ||
			below.seq === view.newFromSeq;
		lines.push({ type: 'bubble', key: bubble.id, bubble, time, isFirst, isLast });
	});
	return lines;
}

/**
 * The ids of those of my messages that tell what they have reached: for each state the last message in it, since the
 * ones above share it.
 */
export function tellDelivery(bubbles: readonly Bubble[]): ReadonlySet<string> {
	const last = new Map<Delivery, string>();
	for (const { id, delivery } of bubbles) if (delivery) last.set(delivery, id);
	return new Set(last.values());
}

function isOneGroup(above: Bubble, below: Bubble): boolean {
	return above.senderId === below.senderId && Date.parse(below.at) - Date.parse(above.at) < groupLasts;
}

function createDayNames({ timeZone, locale, now, words }: View): (at: Date) => string {
	const calendar = new Intl.DateTimeFormat('en-CA', { timeZone });
	const thisYear = new Intl.DateTimeFormat(locale, {
		timeZone,
		weekday: 'long',
		day: 'numeric',
		month: 'long',
	});
	const anyYear = new Intl.DateTimeFormat(locale, {
		timeZone,
		day: 'numeric',
		month: 'long',
		year: 'numeric',
	});
	const today = calendar.format(now);
	const yesterday = new Date(Date.parse(today) - 24 * 3_600_000).toISOString().slice(0, 10);
	const names = new Map<string, string>();
	return (at) => {
		const date = calendar.format(at);
		const known = names.get(date);
		if (known) return known;
		let name = date.slice(0, 4) === today.slice(0, 4) ? thisYear.format(at) : anyYear.format(at);
		if (date === today) name = words.today;
		if (date === yesterday) name = words.yesterday;
		names.set(date, name);
		return name;
	};
}
