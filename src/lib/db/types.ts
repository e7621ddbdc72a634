// Written by "npm run types".

export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

export type Database = {
	public: {
		Tables: {
			appointments: {
				Row: {
					created_at: string;
					doctor_id: string;
					ends_at: string;
					id: string;
					patient_id: string;
					reason: string | null;
					starts_at: string;
					status: string;
					status_reason: string | null;
					updated_at: string;
				};
				Insert: {
					created_at?: string;
					doctor_id: string;
					ends_at: string;
					id?: string;
					patient_id: string;
					reason?: string | null;
					starts_at: string;
					status?: string;
					status_reason?: string | null;
					updated_at?: string;
				};
				Update: {
					created_at?: string;
					doctor_id?: string;
					ends_at?: string;
					id?: string;
					patient_id?: string;
					reason?: string | null;
					starts_at?: string;
					status?: string;
					status_reason?: string | null;
					updated_at?: string;
				};
				Relationships: [
					{
						foreignKeyName: 'appointments_doctor_id_fkey';
						columns: ['doctor_id'];
						isOneToOne: false;
						referencedRelation: 'doctors';
						referencedColumns: ['profile_id'];
					},
					{
						foreignKeyName: 'appointments_patient_id_fkey';
						columns: ['patient_id'];
						isOneToOne: false;
						referencedRelation: 'profiles';
						referencedColumns: ['id'];
					},
				];
			};
			conversation_members: {
				Row: {
					archived_at: string | null;
					conversation_id: string;
					delivered_at: string | null;
					delivered_seq: number;
					muted_until: string | null;
					pinned_at: string | null;
					read_at: string | null;
					read_mark: number;
					read_seq: number;
					user_id: string;
				};
				Insert: {
					archived_at?: string | null;
					conversation_id: string;
					delivered_at?: string | null;
					delivered_seq?: number;
					muted_until?: string | null;
					pinned_at?: string | null;
					read_at?: string | null;
					read_mark?: number;
					read_seq?: number;
					user_id: string;
				};
				Update: {
					archived_at?: string | null;
					conversation_id?: string;
					delivered_at?: string | null;
					delivered_seq?: number;
					muted_until?: string | null;
					pinned_at?: string | null;
					read_at?: string | null;
					read_mark?: number;
					read_seq?: number;
					user_id?: string;
				};
				Relationships: [
					{
						foreignKeyName: 'conversation_members_conversation_id_fkey';
						columns: ['conversation_id'];
						isOneToOne: false;
						referencedRelation: 'conversations';
						referencedColumns: ['id'];
					},
					{
						foreignKeyName: 'conversation_members_user_id_fkey';
						columns: ['user_id'];
						isOneToOne: false;
						referencedRelation: 'profiles';
						referencedColumns: ['id'];
					},
				];
			};
			conversations: {
				Row: {
					created_at: string;
					doctor_id: string | null;
					doctor_total: number;
					epoch: number;
					id: string;
					kind: string;
					last_message_at: string;
					last_seq: number;
					patient_id: string;
					patient_total: number;
					rev: number;
					waiting_since: string | null;
				};
				Insert: {
					created_at?: string;
					doctor_id?: string | null;
					doctor_total?: number;
					epoch?: number;
					id?: string;
					kind?: string;
					last_message_at?: string;
					last_seq?: number;
					patient_id: string;
					patient_total?: number;
					rev?: number;
					waiting_since?: string | null;
				};
				Update: {
					created_at?: string;
					doctor_id?: string | null;
					doctor_total?: number;
					epoch?: number;
					id?: string;
					kind?: string;
					last_message_at?: string;
					last_seq?: number;
					patient_id?: string;
					patient_total?: number;
					rev?: number;
					waiting_since?: string | null;
				};
				Relationships: [
					{
						foreignKeyName: 'conversations_doctor_id_fkey';
						columns: ['doctor_id'];
						isOneToOne: false;
						referencedRelation: 'doctors';
						referencedColumns: ['profile_id'];
					},
					{
						foreignKeyName: 'conversations_patient_id_fkey';
						columns: ['patient_id'];
						isOneToOne: false;
						referencedRelation: 'profiles';
						referencedColumns: ['id'];
					},
				];
			};
			doctors: {
				Row: {
					accepting: boolean;
					away: unknown;
					bio: string;
					languages: string[];
					office_hours: NonNullable<Json>;
					profile_id: string;
					reply_within: string | null;
					specialty: string;
				};
				Insert: {
					accepting?: boolean;
					away?: unknown;
					bio?: string;
					languages?: string[];
					office_hours?: NonNullable<Json>;
					profile_id: string;
					reply_within?: string | null;
					specialty: string;
				};
				Update: {
					accepting?: boolean;
					away?: unknown;
					bio?: string;
					languages?: string[];
					office_hours?: NonNullable<Json>;
					profile_id?: string;
					reply_within?: string | null;
					specialty?: string;
				};
				Relationships: [
					{
						foreignKeyName: 'doctors_profile_id_fkey';
						columns: ['profile_id'];
						isOneToOne: true;
						referencedRelation: 'profiles';
						referencedColumns: ['id'];
					},
				];
			};
			messages: {
				Row: {
					body: string;
					conversation_id: string;
					doctor_id: string | null;
					doctor_total: number;
					edited_at: string | null;
					id: string;
					kind: string;
					patient_id: string;
					patient_total: number;
					reply_to: string | null;
					rev: number;
					sender_id: string | null;
					sent_at: string;
					seq: number;
					withdrawn_at: string | null;
				};
				Insert: {
					body: string;
					conversation_id: string;
					doctor_id?: string | null;
					doctor_total: number;
					edited_at?: string | null;
					id: string;
					kind?: string;
					patient_id: string;
					patient_total: number;
					reply_to?: string | null;
					rev: number;
					sender_id?: string | null;
					sent_at?: string;
					seq: number;
					withdrawn_at?: string | null;
				};
				Update: {
					body?: string;
					conversation_id?: string;
					doctor_id?: string | null;
					doctor_total?: number;
					edited_at?: string | null;
					id?: string;
					kind?: string;
					patient_id?: string;
					patient_total?: number;
					reply_to?: string | null;
					rev?: number;
					sender_id?: string | null;
					sent_at?: string;
					seq?: number;
					withdrawn_at?: string | null;
				};
				Relationships: [
					{
						foreignKeyName: 'messages_conversation_id_fkey';
						columns: ['conversation_id'];
						isOneToOne: false;
						referencedRelation: 'conversations';
						referencedColumns: ['id'];
					},
					{
						foreignKeyName: 'messages_reply_stays_inside';
						columns: ['conversation_id', 'reply_to'];
						isOneToOne: false;
						referencedRelation: 'messages';
						referencedColumns: ['conversation_id', 'id'];
					},
				];
			};
			profiles: {
				Row: {
					avatar_path: string | null;
					created_at: string;
					display_name: string;
					id: string;
					last_seen_at: string | null;
					locale: string;
					role: string;
					suspended_at: string | null;
					theme: string;
					time_zone: string;
				};
				Insert: {
					avatar_path?: string | null;
					created_at?: string;
					display_name: string;
					id: string;
					last_seen_at?: string | null;
					locale?: string;
					role?: string;
					suspended_at?: string | null;
					theme?: string;
					time_zone?: string;
				};
				Update: {
					avatar_path?: string | null;
					created_at?: string;
					display_name?: string;
					id?: string;
					last_seen_at?: string | null;
					locale?: string;
					role?: string;
					suspended_at?: string | null;
					theme?: string;
					time_zone?: string;
				};
				Relationships: [];
			};
		};
		Views: {
			[_ in never]: never;
		};
		Functions: {
			answer_appointment: {
				Args: { accept: boolean; appointment: string; reason?: string };
				Returns: {
					created_at: string;
					doctor_id: string;
					ends_at: string;
					id: string;
					patient_id: string;
					reason: string | null;
					starts_at: string;
					status: string;
					status_reason: string | null;
					updated_at: string;
				};
				SetofOptions: {
					from: '*';
					to: 'appointments';
					isOneToOne: true;
					isSetofReturn: false;
				};
			};
			cancel_appointment: {
				Args: { appointment: string; reason?: string };
				Returns: {
					created_at: string;
					doctor_id: string;
					ends_at: string;
					id: string;
					patient_id: string;
					reason: string | null;
					starts_at: string;
					status: string;
					status_reason: string | null;
					updated_at: string;
				};
				SetofOptions: {
					from: '*';
					to: 'appointments';
					isOneToOne: true;
					isSetofReturn: false;
				};
			};
			changes_since: { Args: { conversation: string; page_size?: number; rev: number }; Returns: Json };
			complete_appointment: {
				Args: { appointment: string };
				Returns: {
					created_at: string;
					doctor_id: string;
					ends_at: string;
					id: string;
					patient_id: string;
					reason: string | null;
					starts_at: string;
					status: string;
					status_reason: string | null;
					updated_at: string;
				};
				SetofOptions: {
					from: '*';
					to: 'appointments';
					isOneToOne: true;
					isSetofReturn: false;
				};
			};
			list_conversations: {
				Args: { before?: string; filter?: string; page_size?: number; search?: string; sort?: string };
				Returns: {
					care_open: boolean;
					cursor: string;
					epoch: number;
					id: string;
					kind: string;
					last_message_at: string;
					last_message_body: string;
					last_message_id: string;
					last_message_kind: string;
					last_message_sender_id: string;
					last_seq: number;
					my_read_seq: number;
					other_avatar_path: string;
					other_delivered_seq: number;
					other_id: string;
					other_last_seen_at: string;
					other_name: string;
					other_read_seq: number;
					other_role: string;
					other_specialty: string;
					rev: number;
					unread: number;
					waiting_since: string;
				}[];
			};
			mark_delivered: {
				Args: { conversation: string; seq: number };
				Returns: {
					archived_at: string | null;
					conversation_id: string;
					delivered_at: string | null;
					delivered_seq: number;
					muted_until: string | null;
					pinned_at: string | null;
					read_at: string | null;
					read_mark: number;
					read_seq: number;
					user_id: string;
				};
				SetofOptions: {
					from: '*';
					to: 'conversation_members';
					isOneToOne: true;
					isSetofReturn: false;
				};
			};
			mark_read: {
				Args: { conversation: string; seq: number };
				Returns: {
					archived_at: string | null;
					conversation_id: string;
					delivered_at: string | null;
					delivered_seq: number;
					muted_until: string | null;
					pinned_at: string | null;
					read_at: string | null;
					read_mark: number;
					read_seq: number;
					user_id: string;
				};
				SetofOptions: {
					from: '*';
					to: 'conversation_members';
					isOneToOne: true;
					isSetofReturn: false;
				};
			};
			pulse: { Args: { conversations: string[] }; Returns: Json };
			request_appointment: {
				Args: { doctor: string; ends_at: string; reason?: string; starts_at: string };
				Returns: {
					created_at: string;
					doctor_id: string;
					ends_at: string;
					id: string;
					patient_id: string;
					reason: string | null;
					starts_at: string;
					status: string;
					status_reason: string | null;
					updated_at: string;
				};
				SetofOptions: {
					from: '*';
					to: 'appointments';
					isOneToOne: true;
					isSetofReturn: false;
				};
			};
			send_message: {
				Args: { attachments?: string[]; body: string; conversation: string; id: string; reply_to?: string };
				Returns: {
					body: string;
					conversation_id: string;
					doctor_id: string | null;
					doctor_total: number;
					edited_at: string | null;
					id: string;
					kind: string;
					patient_id: string;
					patient_total: number;
					reply_to: string | null;
					rev: number;
					sender_id: string | null;
					sent_at: string;
					seq: number;
					withdrawn_at: string | null;
				};
				SetofOptions: {
					from: '*';
					to: 'messages';
					isOneToOne: true;
					isSetofReturn: false;
				};
			};
			start_conversation: {
				Args: { with_user: string };
				Returns: {
					created_at: string;
					doctor_id: string | null;
					doctor_total: number;
					epoch: number;
					id: string;
					kind: string;
					last_message_at: string;
					last_seq: number;
					patient_id: string;
					patient_total: number;
					rev: number;
					waiting_since: string | null;
				};
				SetofOptions: {
					from: '*';
					to: 'conversations';
					isOneToOne: true;
					isSetofReturn: false;
				};
			};
		};
		Enums: {
			[_ in never]: never;
		};
		CompositeTypes: {
			[_ in never]: never;
		};
	};
};

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>;

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, 'public'>];

export type Tables<
	DefaultSchemaTableNameOrOptions extends
		keyof (DefaultSchema['Tables'] & DefaultSchema['Views']) | { schema: keyof DatabaseWithoutInternals },
	TableName extends (DefaultSchemaTableNameOrOptions extends {
		schema: keyof DatabaseWithoutInternals;
	}
		? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'] &
				DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Views'])
		: never) = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
	? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'] &
			DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Views'])[TableName] extends {
			Row: infer R;
		}
		? R
		: never
	: DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema['Tables'] & DefaultSchema['Views'])
		? (DefaultSchema['Tables'] & DefaultSchema['Views'])[DefaultSchemaTableNameOrOptions] extends {
				Row: infer R;
			}
			? R
			: never
		: never;

export type TablesInsert<
	DefaultSchemaTableNameOrOptions extends
		keyof DefaultSchema['Tables'] | { schema: keyof DatabaseWithoutInternals },
	TableName extends (DefaultSchemaTableNameOrOptions extends {
		schema: keyof DatabaseWithoutInternals;
	}
		? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
		: never) = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
	? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'][TableName] extends {
			Insert: infer I;
		}
		? I
		: never
	: DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables']
		? DefaultSchema['Tables'][DefaultSchemaTableNameOrOptions] extends {
				Insert: infer I;
			}
			? I
			: never
		: never;

export type TablesUpdate<
	DefaultSchemaTableNameOrOptions extends
		keyof DefaultSchema['Tables'] | { schema: keyof DatabaseWithoutInternals },
	TableName extends (DefaultSchemaTableNameOrOptions extends {
		schema: keyof DatabaseWithoutInternals;
	}
		? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
		: never) = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
	? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'][TableName] extends {
			Update: infer U;
		}
		? U
		: never
	: DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables']
		? DefaultSchema['Tables'][DefaultSchemaTableNameOrOptions] extends {
				Update: infer U;
			}
			? U
			: never
		: never;

export type Enums<
	DefaultSchemaEnumNameOrOptions extends
		keyof DefaultSchema['Enums'] | { schema: keyof DatabaseWithoutInternals },
	EnumName extends (DefaultSchemaEnumNameOrOptions extends {
		schema: keyof DatabaseWithoutInternals;
	}
		? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions['schema']]['Enums']
		: never) = never,
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
	? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions['schema']]['Enums'][EnumName]
	: DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema['Enums']
		? DefaultSchema['Enums'][DefaultSchemaEnumNameOrOptions]
		: never;

export type CompositeTypes<
	PublicCompositeTypeNameOrOptions extends
		keyof DefaultSchema['CompositeTypes'] | { schema: keyof DatabaseWithoutInternals },
	CompositeTypeName extends (PublicCompositeTypeNameOrOptions extends {
		schema: keyof DatabaseWithoutInternals;
	}
		? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions['schema']]['CompositeTypes']
		: never) = never,
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
	? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions['schema']]['CompositeTypes'][CompositeTypeName]
	: PublicCompositeTypeNameOrOptions extends keyof DefaultSchema['CompositeTypes']
		? DefaultSchema['CompositeTypes'][PublicCompositeTypeNameOrOptions]
		: never;

export const Constants = {
	public: {
		Enums: {},
	},
} as const;
