import type { z } from 'zod';

/** The first error of each field, for the sentence under it. */
export type FieldErrors<Values> = { [Field in keyof Values]?: string };

export type FormResult<Values> =
	{ values: Values; errors?: undefined } | { values?: undefined; errors: FieldErrors<Values> };

/** Reads a posted form through a schema. Unknown fields are dropped, files are not text. */
export function parseForm<Schema extends z.ZodObject>(
	form: FormData,
	schema: Schema,
): FormResult<z.infer<Schema>> {
	const result = schema.safeParse(Object.fromEntries(form));
	if (result.success) return { values: result.data };
	const errors: Record<string, string> = {};
	for (const issue of result.error.issues) errors[String(issue.path[0])] ??= issue.message;
	return { errors: errors as FieldErrors<z.infer<Schema>> };
}

/** What a person typed into a field, to put it back after a failure. */
export function typed(form: FormData, field: string): string {
	const value = form.get(field);
	return typeof value === 'string' ? value : '';
}
