import type { ResourceType } from "../resource/type.ts";
import type { Slot } from "./slot.ts";

/**
 * The types that one client asks for: on one aggregated stream, or on several streams with a type each. The order in
 * which types are sent is kept within a family.
 */
export class Family {
  readonly #slots = new Map<ResourceType, Map<Slot, Wake | undefined>>();
  #isSplit = false;

  /** `wake` has the slot's stream asked again, if it is not asked anyway. */
  add(slot: Slot, wake: Wake | undefined): void {
    this.#isSplit ||= wake !== undefined;
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

  /** True if the client has a stream for each type. */
  get isSplit(): boolean {
    return this.#isSplit;
  }

  /** Wakes the other streams that something may have been held back on. */
  wake(role: ResourceType["role"]): void {
    if (!this.#isSplit) return;
    for (const [type, slots] of this.#slots) if (type.role === role) for (const wake of slots.values()) wake?.();
  }
}

export type Wake = () => void;
