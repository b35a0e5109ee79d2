import type { LocalityLoad } from "@chancery/xds/services";

/** Tells localities with their priorities apart, whatever is in their names. */
export function placeKey({ region, zone, subZone }: LocalityLoad["locality"], priority: number): string {
  return `${priority} ${region.length} ${zone.length} ${region}${zone}${subZone}`;
}
