package org.ugmm.engine;

import java.util.List;

/** Lists names in messages without flooding them. */
final class Names {
  private static final int SHOWN = 12;

  private Names() {}

  static String list(List<String> names) {
    if (names.size() <= SHOWN) {
      return String.join(", ", names);
    }
    return String.join(", ", names.subList(0, SHOWN)) + ", ... (" + names.size() + " in all)";
  }
}
