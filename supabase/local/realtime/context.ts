import type pg from 'pg';
import type { Authorization } from './authorization.ts';
import type { Hub } from './hub.ts';
import { RateCounter, type Limits } from './limits.ts';
import type { Replication } from './replication.ts';
import type { TokenVerifier } from './token.ts';

/** What every connection of one server shares. */
export interface Context {
	hub: Hub;
	authorization: Authorization;
	pool: pg.Pool;
	tokens: TokenVerifier;
	replication: Replication;
	limits: Limits;
	/** Refuse public channels. */
	privateOnly: boolean;
	rates: Rates;
	/** Sockets that have joined a channel: what "connected users" counts. */
	connected: Set<object>;
	/** Lines hold codes and topics, never a payload or a token. */
	log: (line: string) => void;
}

export interface Rates {
	joins: RateCounter;
	messages: RateCounter;
	presence: RateCounter;
}

export function createRates(limits: Limits): Rates {
	return {
		joins: new RateCounter(limits.joinsPerSecond),
		messages: new RateCounter(limits.messagesPerSecond),
		presence: new RateCounter(limits.presencePerSecond),
	};
}
