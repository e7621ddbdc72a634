import { z } from 'zod/mini';
import { Head, Message, Receipt } from '$lib/db/messages';

/** `message_changed`: the message's row as it is after the change. */
export const MessageChanged = Message;
export type MessageChanged = z.infer<typeof MessageChanged>;

/** `receipt_changed`: how far one member is now. */
export const ReceiptChanged = z.extend(Receipt, { conversation_id: z.guid() });
export type ReceiptChanged = z.infer<typeof ReceiptChanged>;

/** `conversation_changed`: where a conversation of mine stands; carries no words. */
export const ConversationChanged = z.extend(Head, { id: z.guid() });
export type ConversationChanged = z.infer<typeof ConversationChanged>;

/** `appointment_changed`: an appointment of mine after the change. */
export const AppointmentChanged = z.object({
	id: z.guid(),
	patient_id: z.guid(),
	doctor_id: z.guid(),
	status: z.string(),
	starts_at: z.string(),
	ends_at: z.string(),
});
export type AppointmentChanged = z.infer<typeof AppointmentChanged>;

/** `typing`: broadcast by a member, so anything in it is only that client's word. */
export const Typing = z.object({ user_id: z.guid() });
export type Typing = z.infer<typeof Typing>;

/**
 * A payload of the wire as its type, or null. What does not fit is dropped without a word: live events are
 * hints, and the catch-up brings whatever they would have told.
 */
export function readPayload<S extends z.ZodMiniType>(schema: S, payload: unknown): z.infer<S> | null {
	const parsed = z.safeParse(schema, payload);
	return parsed.success ? parsed.data : null;
}
