import type { Mail } from './mailbox.ts';

/** No script at all; a mail's own styles and pictures stay inside its sandboxed frame. */
export const contentSecurityPolicy =
	"default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The list of mails, and one of them open. */
export function page(mails: Mail[], openId: number | undefined): string {
	const open = mails.find((mail) => mail.id === openId);
	const list = mails.map((mail) => listItem(mail, mail === open)).join('');
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mailbox</title>
<style>${style}</style>
</head>
<body>
<nav aria-label="Mails">
<h1>Mailbox</h1>
<p>Mails of the embedded stack. None is delivered.</p>
${list ? `<ul>${list}</ul>` : '<p>No mail yet.</p>'}
</nav>
<main>${open ? article(open) : ''}</main>
</body>
</html>`;
}

function listItem(mail: Mail, isOpen: boolean): string {
	const time = `<time datetime="${escape(mail.receivedAt)}">${escape(mail.receivedAt.slice(11, 19))}</time>`;
	const current = isOpen ? ' aria-current="true"' : '';
	return `<li><a href="/?mail=${mail.id}"${current}><strong>${escape(mail.subject)}</strong><br>${escape(mail.to.join(', '))} · ${time}</a></li>`;
}

function article(mail: Mail): string {
	// Links may open in a new tab; scripts, forms and the page's own origin stay out of reach of the mail.
	const frame = mail.html
		? `<iframe title="HTML of the mail" sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="${escape(`<base target="_blank">${mail.html}`)}"></iframe>`
		: '';
	return `<article>
<h2>${escape(mail.subject)}</h2>
<p>From ${escape(mail.from)} to ${escape(mail.to.join(', '))}</p>
<pre>${linked(mail.text)}</pre>
${frame}
</article>`;
}

/** Escaped text in which web addresses are links. */
function linked(text: string): string {
	return text
		.split(/(https?:\/\/[^\s<>"]+)/)
		.map((part, at) => (at % 2 ? `<a href="${escape(part)}">${escape(part)}</a>` : escape(part)))
		.join('');
}

const entities: Record<string, string> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
	"'": '&#39;',
};

function escape(text: string): string {
	return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 0; display: grid; grid-template-columns: minmax(14rem, 22rem) 1fr; min-height: 100vh }
nav { border-right: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: 1rem }
main { padding: 1rem; min-width: 0 }
h1 { font-size: 1.25rem; margin: 0 } h2 { font-size: 1.25rem; margin-top: 0 }
ul { list-style: none; margin: 1rem 0; padding: 0 }
li a { display: block; padding: .5rem; border-radius: .375rem; color: inherit; text-decoration: none; overflow-wrap: anywhere }
li a:hover, li a[aria-current] { background: color-mix(in srgb, currentColor 10%, transparent) }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit }
iframe { width: 100%; height: 60vh; border: 1px solid color-mix(in srgb, currentColor 20%, transparent); background: #fff }
@media (max-width: 45rem) { body { grid-template-columns: 1fr } nav { border-right: 0 } }
`;
