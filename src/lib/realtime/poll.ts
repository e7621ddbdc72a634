/**
 * Runs `ask` every `interval` milliseconds while the page is visible, and at once when it comes back into view
 * or the network returns. Hidden pages rest. Returns how to stop.
 */
export function askWhileVisible(ask: () => void, interval: number): () => void {
	let timer: ReturnType<typeof setInterval> | undefined;
	const rest = () => {
		clearInterval(timer);
		timer = undefined;
	};
	const wake = () => {
		rest();
		if (document.visibilityState !== 'visible') return;
		ask();
		timer = setInterval(ask, interval);
	};
	const begin = () => {
		if (document.visibilityState === 'visible') timer = setInterval(ask, interval);
	};
	begin();
	document.addEventListener('visibilitychange', wake);
	window.addEventListener('online', wake);
	window.addEventListener('pageshow', wake);
	return () => {
		rest();
		document.removeEventListener('visibilitychange', wake);
		window.removeEventListener('online', wake);
		window.removeEventListener('pageshow', wake);
	};
}
