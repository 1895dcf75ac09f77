const MIB = 1024 * 1024;

/** What one client may ask of the server before anything is read or done for it. */
export interface HttpLimits {
  readonly bodyBytes: number;
  /** Of routes that take many jobs at once. */
  readonly batchBodyBytes: number;
  /** How long a client may take to send a request, from its first byte to its last. */
  readonly requestTimeoutMs: number;
  /** Proxies that X-Forwarded-For is believed from: addresses or networks. */
  readonly trustedProxies: readonly string[];
  /** Pages of these may call from a browser. */
  readonly origins: readonly string[];
}

export const HTTP_LIMITS: HttpLimits = {
  bodyBytes: MIB,
  batchBodyBytes: 8 * MIB,
  requestTimeoutMs: 30_000,
  trustedProxies: [],
  origins: [],
};

/** Longer than load balancers keep a connection that nobody uses (most: 60 s), so that it is they who close it. */
export const KEEP_ALIVE_MS = 75_000;
