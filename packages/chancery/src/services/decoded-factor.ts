/** About how many bytes of objects come of one on the wire, when records of OpenTelemetry are decoded. */
export const decodedFactor = 4;
