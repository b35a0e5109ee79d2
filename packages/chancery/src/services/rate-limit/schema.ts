import { z } from "zod";

/** What a limit counts by. Months have 30 days and years 365, and all begin where the epoch began. */
export const unitNames = ["second", "minute", "hour", "day", "week", "month", "year"] as const;
export type UnitName = (typeof unitNames)[number];

/** How hits are counted: in windows that are aligned to the epoch, in one that slides, or as a steady flow. */
export const algorithms = ["fixed_window", "sliding_window", "gcra"] as const;
export type Algorithm = (typeof algorithms)[number];

const maxUint32 = 0xffff_ffff;

const flag = z.boolean().nullish().transform(Boolean);

/** Text; a number or a boolean that was not put in quotes is its text, as YAML readers of other languages have it. */
const text = z
  .union([z.string(), z.number().transform(String), z.boolean().transform(String)])
  .nullish()
  .transform((value) => value ?? "");

const rateLimit = z.strictObject({
  name: text,
  replaces: z
    .array(z.strictObject({ name: z.string().min(1) }))
    .nullish()
    .transform((list) => list ?? []),
  unit: z
    .string()
    .nullish()
    .transform((word) => word?.toLowerCase() || undefined)
    .pipe(z.enum(unitNames).optional()),
  requests_per_unit: z.int().min(0).max(maxUint32).optional(),
  unlimited: flag,
  algorithm: z.enum(algorithms).default("fixed_window"),
  burst: z.int().min(1).max(maxUint32).optional(),
});

const descriptor = z.strictObject({
  key: z.string().min(1),
  value: text,
  rate_limit: rateLimit.nullish(),
  shadow_mode: flag,
  quota_mode: flag,
  detailed_metric: flag,
  value_to_metric: flag,
  share_threshold: flag,
  get descriptors(): z.ZodType<readonly DescriptorConfig[], unknown> {
    return z
      .array(descriptor)
      .nullish()
      .transform((list) => list ?? []);
  },
});

/** One entry of a descriptor, and those that may follow it. */
export interface DescriptorConfig {
  readonly key: string;
  /** "" for every value; in one with `*` each of them stands for any characters. */
  readonly value: string;
  readonly rate_limit?: RateLimitConfig | null | undefined;
  readonly shadow_mode: boolean;
  readonly quota_mode: boolean;
  readonly detailed_metric: boolean;
  readonly value_to_metric: boolean;
  readonly share_threshold: boolean;
  readonly descriptors: readonly DescriptorConfig[];
}

export type RateLimitConfig = Readonly<z.output<typeof rateLimit>>;

/** A file of envoyproxy/ratelimit, and what we add to it: `algorithm` and `burst`. */
export const domainSchema = z.strictObject({
  domain: z.string().min(1),
  descriptors: z
    .array(descriptor)
    .nullish()
    .transform((list) => list ?? []),
});

export type DomainConfig = Readonly<z.output<typeof domainSchema>>;
