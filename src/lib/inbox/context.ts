import { createContext } from 'svelte';
import type { Inbox } from './inbox.svelte';

export const [getInbox, setInbox] = createContext<Inbox>();
