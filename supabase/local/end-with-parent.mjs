/** Preloaded into a program that knows nothing of its parent: ends it when the parent was killed. */
process.once('disconnect', () => process.exit(1));
