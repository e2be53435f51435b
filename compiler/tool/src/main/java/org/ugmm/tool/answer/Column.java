package org.ugmm.tool.answer;

import java.util.List;

/**
 * A column of the answers.
 *
 * @param name its heading
 * @param states the names that its cells index; empty where they are numbers
 */
public record Column(String name, List<String> states) {
  static Column number(String name) {
    return new Column(name, List.of());
  }
}
