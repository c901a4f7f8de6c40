// signalbox/admin: metrics, health and an API to look into a broker, over HTTP.

export { type AdminOptions, type AdminServer, createAdminServer } from './admin-server.ts';
export { ADMIN_ERRORS, type AdminErrorCode } from './answer.ts';
export type { ClientSummary } from './client-views.ts';
