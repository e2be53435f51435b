package org.ugmm.tool.table;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.objects.Object2IntLinkedOpenHashMap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Variable;
import org.ugmm.tool.out.Words;

/** A column of a table to learn from: its cells, and the kind of variable that they look like. */
public final class LearnedColumn {
  /** Kinds that a column can be declared to have, or be found to have. */
  public enum Kind {
    REAL,
    CATEGORICAL,
    COUNT,
    ID;

    /** As on the command line. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /*
   * A cell is kept as the number that it is, or NaN, and as the number of its text in the order of first
   * sight. A column of numbers soon has too many texts to be worth keeping them: then it can only be real.
   */
  private static final int MOST_TEXTS = 65_536;

  /** Whole numbers with at most so many values are states rather than amounts. */
  private static final int FEW_VALUES = 10;

  /** And each value stands in so many rows at least, on average. */
  private static final int ROWS_A_VALUE = 5;

  /** Amounts that only look like counts, such as weights in grams, have no number as small. */
  private static final double SMALL_COUNT = 3;

  /** Squares of larger numbers, and sums of these, may overflow. */
  private static final double LARGEST = 1e100;

  /** So do those of numbers below this one vanish. */
  private static final double SMALLEST = 1e-100;

  private static final int FEW_TEXTS = 64;
  private static final int FEWEST_IDS = 20;
  private static final double MOSTLY = 0.95;
  private static final int MISSING = -1;
  private static final Pattern DATE =
      Pattern.compile(
          "(\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}|\\d{1,2}[-/.]\\d{1,2}[-/.]\\d{4})([T ].*)?");
  private static final Set<String> ID_NAMES =
      Set.of("", "id", "index", "row", "rowid", "row_id", "rownames", "uuid", "key");

  private final String name;
  private final IntArrayList text = new IntArrayList();
  private final DoubleArrayList number = new DoubleArrayList();
  private final Object2IntLinkedOpenHashMap<String> texts = new Object2IntLinkedOpenHashMap<>();
  private boolean keepsTexts = true;
  private int numMissing;
  private int numNumbers;
  private int numDates;
  private int numWhole;
  private int numCounts;

  private final Decimals decimals;
  private final Set<String> missing;

  LearnedColumn(String name, Decimals decimals, Set<String> missing) {
    this.name = name;
    this.decimals = decimals;
    this.missing = missing;
    texts.defaultReturnValue(MISSING);
  }

  String name() {
    return name;
  }

  /** Adds the cell of the next row. */
  void add(String cell) {
    String stripped = cell.strip();
    if (missing.contains(stripped)) {
      numMissing++;
      text.add(MISSING);
      number.add(Double.NaN);
      return;
    }
    double value = decimals.number(stripped);
    boolean isNumber = Double.isFinite(value);
    numNumbers += isNumber ? 1 : 0;
    numWhole += isNumber && value == Math.rint(value) ? 1 : 0;
    numCounts += isNumber && value >= 0 && value == Math.rint(value) ? 1 : 0;
    numDates += !isNumber && DATE.matcher(stripped).matches() ? 1 : 0;
    number.add(isNumber ? value : Double.NaN);
    if (!keepsTexts) {
      text.add(MISSING);
      return;
    }
    int known = texts.getInt(stripped);
    if (known == MISSING) {
      known = texts.size();
      texts.put(stripped, known);
      keepsTexts = known < MOST_TEXTS;
    }
    text.add(known);
  }

  int numRows() {
    return text.size();
  }

  int numMissing() {
    return numMissing;
  }

  /** Different texts; as many as were counted. */
  int numTexts() {
    return texts.size();
  }

  /** The number of a row; NaN where the cell is missing or no number. */
  double number(int row) {
    return number.getDouble(row);
  }

  /** The numbers of all rows; NaN where a cell is missing or none. */
  double[] numbers() {
    return number.toDoubleArray();
  }

  private int numThere() {
    return numRows() - numMissing;
  }

  boolean isAllMissing() {
    return numThere() == 0;
  }

  boolean isConstant() {
    return numThere() > 0 && texts.size() == 1;
  }

  /** A cell that looks like a date, where most of them do; null where they do not. */
  @Nullable String date() {
    if (numThere() == 0 || numDates < MOSTLY * numThere()) {
      return null;
    }
    return texts.keySet().stream().filter(t -> DATE.matcher(t).matches()).findFirst().orElse(null);
  }

  /** Cells that are there but no numbers. */
  int numNotNumbers() {
    return numThere() - numNumbers;
  }

  /** Whether a column of numbers may well be a count: whole numbers from 0, small ones too. */
  boolean looksLikeCounts() {
    return numThere() > 0
        && numCounts == numThere()
        && number.doubleStream().anyMatch(x -> x <= SMALL_COUNT);
  }

  private boolean isNumeric() {
    return numNumbers > 0 && numNumbers >= MOSTLY * numThere();
  }

  /**
   * The kind that the cells look like.
   *
   * @param areNumbersReal whether few whole numbers are amounts too, rather than states
   */
  Kind kind(boolean areNumbersReal) {
    if (isNumeric()) {
      if (isNumberOfRow()) {
        return Kind.ID;
      }
      boolean isFew =
          !areNumbersReal
              && numWhole == numThere()
              && texts.size() <= FEW_VALUES
              && texts.size() > 1
              && numThere() >= ROWS_A_VALUE * texts.size();
      return isFew && areStates() ? Kind.CATEGORICAL : Kind.REAL;
    }
    boolean isOwn = numThere() >= FEWEST_IDS && texts.size() > Math.max(FEW_TEXTS, numThere() / 4);
    boolean areAllDifferent = numThere() >= FEWEST_IDS && texts.size() == numThere();
    return isOwn || areAllDifferent ? Kind.ID : Kind.CATEGORICAL;
  }

  /**
   * Whether whole numbers look like all the states that there are: two of them, or numbers one
   * after the other whose last is no rarity, beyond which more would be expected.
   */
  private boolean areStates() {
    if (texts.size() == 2) {
      return true;
    }
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    int numMost = 0;
    for (double x : number) {
      least = Math.min(least, Double.isNaN(x) ? least : x);
      if (x > most) {
        most = x;
        numMost = 0;
      }
      numMost += x == most ? 1 : 0;
    }
    return most - least < texts.size() && numMost >= ROWS_A_VALUE;
  }

  /** The largest size of a number; 0 without. */
  double largest() {
    double largest = 0;
    for (double x : number) {
      largest = Math.max(largest, Double.isNaN(x) ? 0 : Math.abs(x));
    }
    return largest;
  }

  /** A text that stands in one row only; null where there is none, or too many texts were seen. */
  @Nullable String lonely() {
    int[] count = new int[texts.size()];
    for (int known : text) {
      if (known != MISSING) {
        count[known]++;
      }
    }
    return texts.object2IntEntrySet().stream()
        .filter(e -> keepsTexts && count[e.getIntValue()] == 1)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(null);
  }

  /** Whether the column counts the rows, or is named as a key and has no value twice. */
  private boolean isNumberOfRow() {
    int n = numRows();
    if (n < FEWEST_IDS || numMissing > 0 || numWhole < n || keepsTexts && texts.size() < n) {
      return false;
    }
    if (ID_NAMES.contains(name.toLowerCase(Locale.ROOT))) {
      return true;
    }
    for (int r = 1; r < n; r++) {
      if (number.getDouble(r) != number.getDouble(r - 1) + 1) {
        return false;
      }
    }
    return true;
  }

  /** What would be said of a kind that the cells cannot have; null where they can. */
  @Nullable String whyNot(Kind kind) {
    return switch (kind) {
      case ID -> null;
      case CATEGORICAL ->
          keepsTexts ? null : "has more than %d different values".formatted(MOST_TEXTS);
      case REAL -> {
        if (numNumbers == 0 && !isAllMissing()) {
          yield "has no cell with a number";
        }
        double largest = largest();
        boolean isSmall = largest > 0 && largest < SMALLEST;
        yield largest <= LARGEST && !isSmall
            ? null
            : "has values up to %s, too %s to be squared in this unit,"
                .formatted(Words.number(largest), isSmall ? "small" : "large");
      }
      case COUNT -> {
        boolean isCount = numNumbers > 0 && numCounts == numNumbers;
        yield isCount || isAllMissing() ? null : "has cells that are not 0, 1, 2, ...";
      }
    };
  }

  /** The variable of a kind; states that are numbers are in their order, others as first seen. */
  Variable variable(Kind kind) {
    if (kind != Kind.CATEGORICAL) {
      return kind == Kind.COUNT ? Variable.count(name) : Variable.real(name);
    }
    return Variable.categorical(name, states().toArray(String[]::new));
  }

  private List<String> states() {
    List<String> states = new ArrayList<>(texts.keySet());
    if (states.stream().allMatch(t -> Double.isFinite(decimals.number(t)))) {
      states.sort(Comparator.comparingDouble(decimals::number));
    }
    return states;
  }

  /**
   * What {@link #value} makes of the texts.
   *
   * @return [texts] index of a state, -1 for none; null where the variable is no categorical
   */
  int @Nullable [] statesOf(Variable variable) {
    if (!(variable instanceof Variable.Categorical categorical)) {
      return null;
    }
    int[] stateOf = new int[texts.size()];
    for (var entry : texts.object2IntEntrySet()) {
      stateOf[entry.getIntValue()] = categorical.states().indexOf(entry.getKey());
    }
    return stateOf;
  }

  /** The texts that are no states of a variable; none where it is no categorical. */
  List<String> textsBeyond(Variable variable) {
    return variable instanceof Variable.Categorical categorical
        ? texts.keySet().stream().filter(text -> !categorical.states().contains(text)).toList()
        : List.of();
  }

  /**
   * A cell as the engine has it: a number, or the index of a state; NaN where it is missing, is no
   * number, or is no state.
   *
   * @param states {@link #statesOf} the variable
   */
  double value(int row, int @Nullable [] states) {
    if (states == null) {
      return number.getDouble(row);
    }
    int state = text.getInt(row) == MISSING ? MISSING : states[text.getInt(row)];
    return state < 0 ? Double.NaN : state;
  }
}
