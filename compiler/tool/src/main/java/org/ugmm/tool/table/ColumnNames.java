package org.ugmm.tool.table;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names for the inputs of a model that names none, from the header of a table.
 *
 * @param names one an input, and one more where the table names the class; empty where the header
 *     fits no such model
 * @param note how the columns were taken, for the user
 */
public record ColumnNames(List<String> names, String note) {
  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

  /**
   * Numbered columns (p00, p01, ...) are taken by their numbers, wherever they stand; others in
   * their order. One column more than inputs names the class.
   *
   * @param numInputs inputs of the model
   */
  public static ColumnNames of(List<String> header, int numInputs) {
    Map<String, List<String>> alike = new LinkedHashMap<>();
    for (String name : header) {
      Matcher numbers = NUMBER.matcher(name);
      if (numbers.find()) {
        alike.computeIfAbsent(numbers.replaceAll("#"), key -> new ArrayList<>()).add(name);
      }
    }
    for (List<String> group : alike.values()) {
      if (group.size() == numInputs && numInputs > 1) {
        return numbered(header, group);
      }
    }
    boolean fits = header.size() == numInputs || header.size() == numInputs + 1;
    return new ColumnNames(
        fits ? header : List.of(),
        fits
            ? "the model names no variables; its %d inputs are the first columns in their order"
                .formatted(numInputs)
            : "");
  }

  private static ColumnNames numbered(List<String> header, List<String> group) {
    List<String> names = new ArrayList<>(group);
    names.sort(Comparator.comparing(ColumnNames::numbers, ColumnNames::compare));
    List<String> others = new ArrayList<>(header);
    others.removeAll(group);
    String note =
        names.equals(group)
            ? ""
            : "the model names no variables; columns %s to %s are taken by their numbers"
                .formatted(names.get(0), names.get(names.size() - 1));
    if (others.size() == 1) {
      names.add(others.get(0));
    }
    return new ColumnNames(names, note);
  }

  private static List<Long> numbers(String name) {
    return NUMBER.matcher(name).results().map(r -> Long.parseLong(r.group())).toList();
  }

  private static int compare(List<Long> a, List<Long> b) {
    for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
      int order = Long.compare(a.get(i), b.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(a.size(), b.size());
  }
}
