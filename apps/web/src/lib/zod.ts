import { z } from 'zod';

// Zod otherwise compiles its checks with `new Function`, which the page's policy forbids and the browser reports.
z.config({ jitless: true });
