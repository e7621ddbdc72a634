import {
	encodeBroadcast,
	encodeMessage,
	type Broadcast,
	type Message,
	type ServerFrame,
	type Version,
} from './codec.ts';
import { Presence, type PresenceDiff } from './presence.ts';

/** One joined channel, as the hub sees it. */
export interface Subscriber {
	readonly version: Version;
	/** False for a member of a private topic whose policies let it read only the other kind. */
	readonly readsBroadcasts: boolean;
	readonly readsPresence: boolean;
	/** True when the replay at join has already sent the message with this id. */
	wasReplayed(id: string): boolean;
	receiveBroadcast(frame: ServerFrame): void;
	receivePresence(frame: ServerFrame): void;
}

/**
 * What is fanned out: a broadcast in its bytes, or, when a client sent it as text or over HTTP in a batch, the
 * payload of a text message that every receiver gets as it came.
 */
export type Outgoing =
	{ kind: 'broadcast'; broadcast: Broadcast } | { kind: 'message'; payload: Record<string, unknown> };

/** The members of one topic. Private and public topics of the same name are two topics. */
export class Topic {
	/** With the prefix `realtime:`, as it stands on the wire. */
	readonly name: string;
	readonly subscribers = new Set<Subscriber>();
	readonly presence: Presence<Subscriber>;

	constructor(name: string, makeRef: () => string) {
		this.name = name;
		this.presence = new Presence(makeRef);
	}

	/** Writes the broadcast once for each wire format and hands those bytes to every member who may read it. */
	broadcast(outgoing: Outgoing, except?: Subscriber): void {
		const id = messageId(outgoing);
		const frameFor = encodeOnce((version) => {
			if (outgoing.kind === 'broadcast') return encodeBroadcast(version, this.name, outgoing.broadcast);
			return encodeMessage(version, this.#push('broadcast', outgoing.payload));
		});
		for (const subscriber of this.subscribers) {
			if (subscriber === except || !subscriber.readsBroadcasts) continue;
			if (id !== null && subscriber.wasReplayed(id)) continue;
			const frame = frameFor(subscriber.version);
			if (frame) subscriber.receiveBroadcast(frame);
		}
	}

	/** Tells every member who may read presence, the one who caused the change too. */
	announce(diff: PresenceDiff): void {
		const frameFor = encodeOnce((version) => encodeMessage(version, this.#push('presence_diff', diff)));
		for (const subscriber of this.subscribers) {
			if (!subscriber.readsPresence) continue;
			const frame = frameFor(subscriber.version);
			if (frame) subscriber.receivePresence(frame);
		}
	}

	#push(event: string, payload: unknown): Message {
		return { joinRef: null, ref: null, topic: this.name, event, payload };
	}
}

/** Every topic that has a member. */
export class Hub {
	readonly #topics = new Map<string, Topic>();
	#lastRef = 0;

	get size(): number {
		return this.#topics.size;
	}

	/** Adds a member; `name` is the topic without its prefix. */
	join(name: string, isPrivate: boolean, subscriber: Subscriber): Topic {
		const key = topicKey(name, isPrivate);
		let topic = this.#topics.get(key);
		if (!topic) {
			topic = new Topic(`realtime:${name}`, () => this.#nextRef());
			this.#topics.set(key, topic);
		}
		topic.subscribers.add(subscriber);
		return topic;
	}

	/** Takes a member away, and with it its presence. */
	leave(name: string, isPrivate: boolean, subscriber: Subscriber): void {
		const key = topicKey(name, isPrivate);
		const topic = this.#topics.get(key);
		if (!topic?.subscribers.delete(subscriber)) return;
		const diff = topic.presence.untrack(subscriber);
		if (diff) topic.announce(diff);
		if (topic.subscribers.size === 0) this.#topics.delete(key);
	}

	/** Sends to a topic from outside, as the database and the HTTP API do; nobody there is no error. */
	broadcast(name: string, isPrivate: boolean, outgoing: Outgoing): void {
		this.#topics.get(topicKey(name, isPrivate))?.broadcast(outgoing);
	}

	#nextRef(): string {
		return (++this.#lastRef).toString(36);
	}
}

function topicKey(name: string, isPrivate: boolean): string {
	return isPrivate ? `private:${name}` : `public:${name}`;
}

function messageId(outgoing: Outgoing): string | null {
	const meta = outgoing.kind === 'broadcast' ? outgoing.broadcast.meta : outgoing.payload.meta;
	const id = (meta as { id?: unknown } | null | undefined)?.id;
	return typeof id === 'string' ? id : null;
}

/** What fits no frame, a field too long or JSON nested too deeply, is left out: it must not harm other members. */
function encodeOnce(encode: (version: Version) => ServerFrame | null) {
	const frames = new Map<Version, ServerFrame | null>();
	const tryToEncode = (version: Version): ServerFrame | null => {
		try {
			return encode(version);
		} catch (error) {
			if (error instanceof RangeError) return null;
			throw error;
		}
	};
	return (version: Version): ServerFrame | null => {
		let frame = frames.get(version);
		if (frame === undefined) {
			frame = tryToEncode(version);
			frames.set(version, frame);
		}
		return frame;
	};
}
