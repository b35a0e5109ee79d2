import type { ResourceType } from "../resource/type.ts";
import type { Slot } from "./slot.ts";

/**
 * The types that one client asks for: on one aggregated stream, or on several streams with a type each. The order in
 * which types are sent is kept within a family.
 */
export interface Family {
  /** `wake` has the slot's stream asked again, if it is not asked anyway. */
  add(slot: Slot, wake: Wake | undefined): void;
  delete(slot: Slot): void;
  ofType(type: ResourceType): Iterable<Slot>;
  inRole(role: ResourceType["role"]): Iterable<Slot>;
  /** True if the client has a stream for each type. */
  readonly isSplit: boolean;
  /** Wakes the other streams that something may have been held back on. */
  wake(role: ResourceType["role"]): void;
}

export type Wake = () => void;

/** The family of an aggregated stream: most clients have one, with a few types. */
export class WholeFamily implements Family {
  readonly isSplit = false;
  #slots: readonly Slot[] = [];

  add(slot: Slot): void {
    this.#slots = this.#slots.concat(slot); // without the room to grow that spreading leaves
  }

  delete(slot: Slot): void {
    this.#slots = this.#slots.filter((other) => other !== slot);
  }

  ofType(type: ResourceType): Iterable<Slot> {
    return this.#slots.filter((slot) => slot.type === type);
  }

  inRole(role: ResourceType["role"]): Iterable<Slot> {
    return this.#slots.filter((slot) => slot.type.role === role);
  }

  /** The stream asks itself. */
  wake(): void {}
}

/** The family of streams that have a type each, and may be thousands: an Envoy without ADS opens one for each resource. */
export class SplitFamily implements Family {
  readonly isSplit = true;
  readonly #slots = new Map<ResourceType, Map<Slot, Wake | undefined>>();

  add(slot: Slot, wake: Wake | undefined): void {
    this.#slots.set(slot.type, (this.#slots.get(slot.type) ?? new Map()).set(slot, wake));
  }

  delete(slot: Slot): void {
    this.#slots.get(slot.type)?.delete(slot);
  }

  ofType(type: ResourceType): Iterable<Slot> {
    return this.#slots.get(type)?.keys() ?? [];
  }

  *inRole(role: ResourceType["role"]): Generator<Slot> {
    for (const [type, slots] of this.#slots) if (type.role === role) yield* slots.keys();
  }

  wake(role: ResourceType["role"]): void {
    for (const [type, slots] of this.#slots) if (type.role === role) for (const wake of slots.values()) wake?.();
  }
}
