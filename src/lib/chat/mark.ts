/**
 * A mark that only moves forward (read, delivered). However often it is asked for, one call is on its way at
 * a time and it always carries the furthest seq; a call that fails is made up for by the next one.
 */
export class Mark {
	readonly #move: (seq: number) => Promise<void>;
	#reached: number;
	#wanted: number;
	#isMoving = false;

	constructor(reached: number, move: (seq: number) => Promise<void>) {
		this.#reached = reached;
		this.#wanted = reached;
		this.#move = move;
	}

	/** How far it is, or is on its way to be. */
	get wanted(): number {
		return this.#wanted;
	}

	/** Notes that the mark is already this far, by whatever way it got there. */
	note(seq: number): void {
		this.#reached = Math.max(this.#reached, seq);
	}

	async reach(seq: number): Promise<void> {
		this.#wanted = Math.max(this.#wanted, seq);
		if (this.#isMoving) return;
		this.#isMoving = true;
		try {
			while (this.#wanted > this.#reached) {
				const target = this.#wanted;
				await this.#move(target);
				this.note(target);
			}
		} catch {
			// Not told to anybody: the wish stands, and the next look at the thread repeats it.
		} finally {
			this.#isMoving = false;
		}
	}
}
