import type { Client } from '$lib/db/client';
import type { Theme } from '$lib/account/theme';

declare global {
	namespace App {
		interface Error {
			message: string;
			/** What support needs to find the failure in the log; absent for expected refusals. */
			errorId?: string;
		}
		interface Locals {
			requestId: string;
			theme: Theme;
			/** IANA name: the browser's own zone once it has told us, else UTC. */
			timeZone: string;
			/** Acts as the signed-in person (or as anon); one for each request. */
			supabase: Client;
			/** From verified claims, never from an unverified session. */
			userId: string | null;
			/** True when Auth could not be asked who this is: neither signed in nor signed out. */
			authUnavailable: boolean;
		}
	}
}

export {};
