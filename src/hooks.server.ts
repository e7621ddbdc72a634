import { building } from '$app/environment';
import type { HandleServerError, ServerInit } from '@sveltejs/kit';
import { sequence } from '@sveltejs/kit/hooks';
import { supabaseAddress } from '$lib/db/client';
import { m } from '$lib/paraglide/messages';
import {
	authenticate,
	personalise,
	refuseCrossOrigin,
	secureAnswers,
	trackRequest,
} from '$lib/server/handles';
import { describeError, log } from '$lib/server/log';

/** A missing setting stops the start with a sentence, not the first visitor with a stack trace. */
export const init: ServerInit = () => {
	if (!building) supabaseAddress();
};

// Order matters: the log sees every answer, the headers stand on every refusal, language and theme are settled before
// any page or refusal speaks, and nobody is authenticated for a request that is refused anyway.
export const handle = sequence(trackRequest, secureAnswers, personalise, refuseCrossOrigin, authenticate);

/** People get a sentence and an id; the log gets the id and what may be told of the error. */
export const handleError: HandleServerError = ({ error, event, status }) => {
	if (status === 404) return { message: m.error_not_found() };
	const errorId = event.locals.requestId;
	log({
		event: 'failure',
		requestId: errorId,
		errorId,
		route: event.route.id,
		userId: event.locals.userId,
		...describeError(error),
	});
	return { message: m.error_unexpected(), errorId };
};
