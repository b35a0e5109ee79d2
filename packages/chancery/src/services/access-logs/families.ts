import type { AccessLogStats } from "@chancery/xds/services";
import type { Family } from "../../metrics/metrics.ts";
import { durationBounds, type RequestCounts, statusClasses } from "./requests.ts";
import type { Sink } from "./sink.ts";
import type { Tail } from "./tail.ts";

interface Counted {
  readonly requests: RequestCounts;
  readonly tail: Pick<Tail, "size">;
  readonly sinks: readonly Pick<Sink, "name" | "stats">[];
  readonly stats: () => AccessLogStats;
}

const pair = ["route", "upstream_cluster"];

/** What access logs tell Prometheus: of requests, and of the logs themselves. */
export function logFamilies({ requests, tail, sinks, stats }: Counted): readonly Family[] {
  const sinkCounts = (of: "written" | "lost") => () => new Map(sinks.map(({ name, stats }) => [name, stats[of]]));
  return [
    {
      name: "chancery_access_requests_total",
      help: "Requests and connections that ended, by access logs; connections have the status class none",
      labels: [...pair, "status_class"],
      *read() {
        for (const { route, cluster, byClass } of requests) {
          for (const [index, count] of byClass.entries()) {
            if (count > 0) yield [[route, cluster, statusClasses[index] ?? ""], count];
          }
        }
      },
    },
    {
      name: "chancery_access_errors_total",
      help: "Those of them that ended as 5xx, or without a response because something failed",
      labels: pair,
      *read() {
        for (const { route, cluster, errors } of requests) yield [[route, cluster], errors];
      },
    },
    {
      name: "chancery_access_duration_seconds",
      help: "How long requests and connections took, by access logs",
      labels: pair,
      bounds: durationBounds,
      *read() {
        for (const { route, cluster, buckets, seconds } of requests) {
          yield { values: [route, cluster], counts: buckets, sum: seconds };
        }
      },
    },
    {
      name: "chancery_access_entries_total",
      help: "Entries of access logs that came, and whether they were taken or dropped because too much was waiting",
      label: "result",
      read: () => new Map(Object.entries({ taken: stats().entries, dropped: stats().droppedEntries })),
    },
    { name: "chancery_access_streams", help: "Streams of access logs open", read: () => stats().streams },
    { name: "chancery_access_kept_entries", help: "Entries that can be searched", read: () => tail.size.entries },
    { name: "chancery_access_kept_bytes", help: "Bytes that they take", read: () => tail.size.bytes },
    {
      name: "chancery_access_written_total",
      help: "Entries written or exported",
      label: "sink",
      read: sinkCounts("written"),
    },
    {
      name: "chancery_access_lost_total",
      help: "Entries that could not be written or exported",
      label: "sink",
      read: sinkCounts("lost"),
    },
  ];
}
