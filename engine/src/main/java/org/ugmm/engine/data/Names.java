package org.ugmm.engine.data;

import java.util.List;

/** Lists names in messages without flooding them. */
public final class Names {
  private static final int SHOWN = 12;

  private Names() {}

  public static String list(List<String> names) {
    if (names.size() <= SHOWN) {
      return String.join(", ", names);
    }
    return String.join(", ", names.subList(0, SHOWN)) + ", ... (" + names.size() + " in all)";
  }
}
