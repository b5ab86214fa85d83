import { Link } from '@fluentui/react-components';
import { createLink } from '@tanstack/react-router';

/** A link to a page of the admin center: opened without a reload, and in a new tab like any other. */
export const RouterLink = createLink(Link);
