import { AuthorizationError } from './authorization.ts';
import { ReplayError } from './replay.ts';
import { TokenError } from './token.ts';

/** The join is refused; the message is the reason that the client is told. */
export class JoinError extends Error {
	override name = 'JoinError';
}

const UNREACHABLE = 'Realtime was unable to connect to the project database';

export function cannotRead(topic: string): string {
	return `You do not have permissions to read from this Channel topic: ${topic}`;
}

export function canNoLongerRead(topic: string): string {
	return `You no longer have permission to read from this Channel topic: ${topic}`;
}

/**
 * Hosted's words for a join that failed. A policy that raises says the same as one that refuses, so nobody learns from
 * the answer whether a topic exists.
 */
export function joinReason(error: unknown, topic: string): string {
	if (error instanceof JoinError) return error.message;
	if (error instanceof TokenError) return `${error.code}: ${error.message}`;
	if (error instanceof ReplayError) return `UnableToReplayMessages: ${error.message}`;
	if (!(error instanceof AuthorizationError)) return 'Unknown Error on Channel';
	switch (error.code) {
		case 'RlsPolicyError':
			return `Unauthorized: ${cannotRead(topic)}`;
		case 'MissingPartition':
			return 'MissingPartition: Realtime was unable to find the expected messages partition';
		case 'QueryCanceled':
			return 'QueryCanceled: canceling statement due to statement timeout';
		case 'UnableToConnectToProject':
			return `UnableToConnectToProject: ${UNREACHABLE}`;
	}
}

/** Hosted's words for a channel that has to end because a token was looked at again. */
export function shutdownReason(error: unknown, topic: string): string {
	if (error instanceof TokenError) return error.message;
	if (!(error instanceof AuthorizationError)) return UNREACHABLE;
	if (error.code === 'RlsPolicyError') return cannotRead(topic);
	return error.code === 'QueryCanceled' ? 'Query was cancelled, please try again' : UNREACHABLE;
}
