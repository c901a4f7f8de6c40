// What a client gets once it publishes, or once an option says what is to become of messages that never get through: the publisher,
// and the judge of such messages among those received. A page loads all of it as one file.

import { FailedDeliveries, type FailedDeliveriesHost } from '../receiving/failed-deliveries.ts';
import type { SubscriptionDesk } from '../receiving/subscription-desk.ts';
import type { EarlyMessages } from './early-messages.ts';
import { Publisher, type PublisherHost } from './publisher.ts';

/** The client as far as publishing furnishes it. */
export interface PublishingHost extends PublisherHost, Pick<FailedDeliveriesHost, 'connecting'> {
  publisher: Publisher | undefined;
  readonly early: EarlyMessages;
  readonly desk: SubscriptionDesk;
}

/** Once or again: what waited for it is admitted. */
export function furnish(host: PublishingHost): void {
  if (host.options.poison?.deliveries !== undefined) host.desk.failedDeliveries ??= new FailedDeliveries(host);
  host.publisher ??= new Publisher(host);
  host.early.admit(host.publisher);
}
