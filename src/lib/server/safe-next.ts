const HOME = '/conversations';

/**
 * Where to go after signing in: a path of this site, or home. Browsers read `//host`, `/\host` and control characters
 * as other origins, so the value is resolved as a browser would, and must still be ours.
 */
export function safeNext(next: string | null | undefined): string {
	if (!next?.startsWith('/') || /[\\\p{Cc}]/u.test(next)) return HOME;
	const here = 'http://local.invalid';
	const url = URL.parse(next, here);
	if (!url || url.origin !== here || url.pathname.startsWith('//')) return HOME;
	return url.pathname + url.search;
}

/** The sign-in page that leads back to `url`. Data requests and actions lead back to their page. */
export function signInPath(url: URL): string {
	const next = url.pathname + url.search;
	return next === HOME || next === '/' ? '/sign-in' : `/sign-in?${new URLSearchParams({ next })}`;
}
