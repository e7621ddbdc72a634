/**
 * A failure that a person can do something about. Its message is one sentence or two: what is wrong, and the remedy.
 * The commands print the message alone and exit with a code other than 0.
 */
export class StackError extends Error {
	override name = 'StackError';
}
