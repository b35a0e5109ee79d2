import { makeTag, WireReader, WireType } from "@chancery/envoy-api/wire";
import {
  type NodeStream,
  type NodeStreamStats,
  NodeStreams,
  type ServiceMethod,
  type StreamReader,
} from "./node-streams.ts";
import { inPortions } from "./portions.ts";
import { type ReportedEvent, readReportedEvent } from "./reported-event.ts";

/** @experimental */
export interface EventReportingOptions {
  /** Takes events as they come, some dozens at a time; those of one message may come in several calls. */
  onEvents(events: readonly ReportedEvent[], stream: NodeStream): void;
  /** Shares limits and counters; its own by default. */
  readonly streams?: NodeStreams;
}

/**
 * What came, and what was lost, exactly. A live view.
 * @experimental
 */
export interface EventReportingStats extends NodeStreamStats {
  /** Events handed over. */
  readonly events: number;
  /** Events of types that this release does not know, which the API asks to pass over. */
  readonly unknownEvents: number;
  /** Events in messages that were dropped because too much was waiting. */
  readonly droppedEvents: number;
}

/** @experimental */
export interface EventReportingHandlers {
  readonly methods: readonly ServiceMethod[];
  readonly stats: EventReportingStats;
}

/**
 * The event reporting service: what health checks and outlier detection come to, as it happens. Clients are not answered:
 * there is nothing yet that an answer could say.
 * https://github.com/envoyproxy/envoy/blob/main/api/envoy/service/event_reporting/v3/event_reporting_service.proto
 * @experimental Envoy 1.40 has the configuration for it (`event_service`) and does nothing with it: for other clients, such
 * as one that reads what Envoy writes into files.
 */
export function eventReportingHandlers(options: EventReportingOptions): EventReportingHandlers {
  const { onEvents, streams = new NodeStreams() } = options;
  const counts = { events: 0, unknownEvents: 0, droppedEvents: 0 };

  const open = (stream: NodeStream): StreamReader => ({
    message: (bytes) =>
      inPortions(eventsOf(bytes).map(readReportedEvent), (portion) => {
        const events = portion.filter((event) => event !== undefined);
        counts.unknownEvents += portion.length - events.length;
        counts.events += events.length;
        if (events.length > 0) onEvents(events, stream);
      }),
    dropped(bytes) {
      counts.droppedEvents += eventsOf(bytes).reduce((count) => count + 1, 0);
    },
  });

  const kind = { nodePath: [1, 1], open };
  return {
    methods: [{ method: `/${service}/StreamEvents`, open: (call) => streams.open(call, kind) }],
    get stats() {
      return { ...streams.stats, ...counts };
    },
  };
}

const service = "envoy.service.event_reporting.v3.EventReportingService";

const eventTag = makeTag(2, WireType.Bytes);

/** The events of a `StreamEventsRequest`, not copied. Throws a WireError. */
function* eventsOf(message: Uint8Array): Generator<Uint8Array, void> {
  const reader = new WireReader(message);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === eventTag) yield reader.bytes();
    else reader.skip(tag);
  }
}
