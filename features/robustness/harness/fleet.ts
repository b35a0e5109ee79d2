// Run by a crew: many honest clients.
import type { Variant } from "@chancery/xds";
import { readStamp } from "./stamp.ts";
import { type Address, XdsClient } from "./xds-client.ts";

interface Member {
  readonly client: XdsClient;
  number: number;
}

let members: Member[] = [];
let ages: number[] = [];
let lost = 0;
let check = (): void => {};

/** Connects `count` clients of the node all at once. */
export function connect(address: Address, count: number, variants: readonly Variant[], node = "fleet"): void {
  for (let index = 0; index < count; index++) {
    const member: Member = {
      number: -1,
      client: new XdsClient(address, {
        node,
        variant: variants[index % variants.length] ?? "delta",
        onVersion(version) {
          const { number, ageMs } = readStamp(version);
          member.number = number;
          ages.push(ageMs);
          check();
        },
        onLost: () => lost++,
      }),
    };
    members.push(member);
  }
}

/** Resolves when every client has the version with this number, or a later one. */
export function synced(number: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  check = () => {
    if (members.every((member) => member.number >= number)) resolve();
  };
  check();
  return promise;
}

/** How late versions came, in ms, and how many connections were lost, since this was asked last. */
export function figures(): { readonly ages: readonly number[]; readonly lost: number } {
  const result = { ages, lost };
  ages = [];
  lost = 0;
  return result;
}

export function disconnect(): void {
  for (const { client } of members) client.close();
  members = [];
}
