package org.ugmm.engine.kernel.scalar;

/** Random bits for masks: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
final class SplitMix {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private SplitMix() {}

  static long next(long state) {
    return state + GOLDEN;
  }

  static long bits(long state) {
    long a = (state ^ state >>> 30) * 0xBF58476D1CE4E5B9L;
    long b = (a ^ a >>> 27) * 0x94D049BB133111EBL;
    return b ^ b >>> 31;
  }
}
