import CalendarDays from '@lucide/svelte/icons/calendar-days';
import MessageCircle from '@lucide/svelte/icons/message-circle';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import UserRound from '@lucide/svelte/icons/user-round';
import UsersRound from '@lucide/svelte/icons/users-round';
import type { Component } from 'svelte';
import type { Role } from '$lib/db/profiles';
import { m } from '$lib/paraglide/messages';

export interface Destination {
	href: '/conversations' | '/appointments' | '/people' | '/settings' | '/admin';
	label: string;
	/** For the narrow tabs of a phone. */
	shortLabel: string;
	icon: Component<{ size?: number }>;
}

/** Where a person can go, in the order of the rail and of the tabs. */
export function destinationsFor(role: Role): Destination[] {
	const isDoctor = role === 'doctor';
	const people = isDoctor ? m.nav_patients() : m.nav_doctors();
	const all: Destination[] = [
		{
			href: '/conversations',
			label: m.nav_conversations(),
			shortLabel: m.nav_conversations_short(),
			icon: MessageCircle,
		},
		{
			href: '/appointments',
			label: m.nav_appointments(),
			shortLabel: m.nav_appointments_short(),
			icon: CalendarDays,
		},
		{ href: '/people', label: people, shortLabel: people, icon: UsersRound },
		{ href: '/settings', label: m.nav_settings(), shortLabel: m.nav_settings_short(), icon: UserRound },
	];
	if (role !== 'admin') return all;
	const admin: Destination = {
		href: '/admin',
		label: m.nav_admin(),
		shortLabel: m.nav_admin(),
		icon: ShieldCheck,
	};
	return [...all.slice(0, 1), admin, ...all.slice(-1)];
}
