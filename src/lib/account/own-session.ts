import type { Client } from '$lib/db/client';

/**
 * Looks whether the browser's session is still this person's, and starts the page over where it is not: as whoever is
 * signed in now, or at the sign-in page. An unreachable Auth decides nothing. Returns the check; calls while one runs
 * are that one.
 */
export function createSessionCheck(client: () => Client, meId: string, startOver: () => void): () => void {
	let isChecking = false;
	const check = async () => {
		const { auth } = client();
		const { data, error } = await auth.getSession();
		if (error) return;
		if (data.session?.user.id !== meId) return startOver();
		// It looks like theirs and yet was refused: a new token settles it.
		const renewed = await auth.refreshSession();
		const isRefused = renewed.error?.status !== undefined && renewed.error.status < 500;
		if (isRefused && renewed.error?.status !== 429) startOver();
	};
	return () => {
		if (isChecking) return;
		isChecking = true;
		void check().finally(() => (isChecking = false));
	};
}
