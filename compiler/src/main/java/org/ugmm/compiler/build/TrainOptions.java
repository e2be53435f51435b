package org.ugmm.compiler.build;

import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.LearnOptions;
import org.ugmm.engine.data.TrainingData;

/**
 * What {@link Training} may be told. Immutable; the {@code with} methods return a changed copy.
 *
 * @param family the structures to try
 * @param states components of a mixture or hidden states of a tree; 0 to choose by validation
 * @param method how parameters are learned
 * @param epochs passes over the rows; 0 to choose by their number
 * @param classVariable name of the categorical column that a classifier asks for; null for none
 * @param valid rows to compare candidates on, never learned from; null to keep rows back
 * @param validFraction of the rows to keep back, below 1; 0 to choose
 * @param budget work that learning may do: weights times rows that it passes over
 * @param limitNanos of the clock; with a limit the result may differ from run to run
 * @param start a circuit whose parameters are learned on, instead of a new one; null for none
 * @param isStartForgotten whether only the structure of that circuit is used, not its parameters
 * @param checkpoints a folder for what is learned on the way, to go on from; null for none
 * @param learn seed, threads and precision; pseudo-counts are chosen by validation
 * @param progress told of every epoch
 * @param stop asked often: true ends training with what there is
 */
public record TrainOptions(
    Family family,
    int states,
    Method method,
    int epochs,
    @Nullable String classVariable,
    @Nullable TrainingData valid,
    double validFraction,
    double budget,
    long limitNanos,
    @Nullable Circuit start,
    boolean isStartForgotten,
    @Nullable Path checkpoints,
    LearnOptions learn,
    Consumer<Progress> progress,
    BooleanSupplier stop) {

  /** How parameters are learned. */
  public enum Method {
    /** Expectation maximisation. */
    EM,
    /** Adam along the gradient of the likelihood, and as in {@link #HYBRID} with a class. */
    GRADIENT,
    /**
     * EM; with a class, candidates are then also learned on along a gradient that tells the classes
     * apart, and kept where that helps on rows that they have not seen.
     */
    HYBRID
  }

  /** Work of a few minutes on two cores. */
  public static final double DEFAULT_BUDGET = 1.5e11;

  /** Everything chosen by validation, in the default budget. */
  public static final TrainOptions DEFAULT =
      new TrainOptions(
          Family.AUTO,
          0,
          Method.HYBRID,
          0,
          null,
          null,
          0,
          DEFAULT_BUDGET,
          Long.MAX_VALUE,
          null,
          false,
          null,
          LearnOptions.DEFAULT,
          p -> {},
          () -> false);

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public TrainOptions {
    check(states >= 0, "states", states, "at least 1, or 0 to choose");
    check(epochs >= 0, "epochs", epochs, "at least 1, or 0 to choose");
    check(validFraction >= 0 && validFraction < 1, "validation fraction", validFraction, "0 .. 1");
    check(budget > 0, "budget", budget, "above 0");
    check(limitNanos > 0, "time limit", limitNanos, "above 0");
  }

  private static void check(boolean holds, String what, double found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException("%s %s; expected %s".formatted(what, found, expected));
    }
  }

  /** Tries these structures; {@code states} 0 to choose. */
  public TrainOptions withFamily(Family newFamily, int newStates) {
    return with(
        o -> {
          o.family = newFamily;
          o.states = newStates;
        });
  }

  /** Learns parameters so. */
  public TrainOptions withMethod(Method newMethod) {
    return with(o -> o.method = newMethod);
  }

  /** Passes so often over the rows. */
  public TrainOptions withEpochs(int newEpochs) {
    return with(o -> o.epochs = newEpochs);
  }

  /** Makes a categorical column the class. */
  public TrainOptions withClassVariable(@Nullable String name) {
    return with(o -> o.classVariable = name);
  }

  /** Compares candidates on rows of their own. */
  public TrainOptions withValid(@Nullable TrainingData rows) {
    return with(o -> o.valid = rows);
  }

  /** Keeps back a fraction of the rows. */
  public TrainOptions withValidFraction(double fraction) {
    return with(o -> o.validFraction = fraction);
  }

  /** Limits work and clock. */
  public TrainOptions withBudget(double work, long newLimitNanos) {
    return with(
        o -> {
          o.budget = work;
          o.limitNanos = newLimitNanos;
        });
  }

  /** Learns on from a circuit. */
  public TrainOptions withStart(@Nullable Circuit circuit) {
    return with(
        o -> {
          o.start = circuit;
          o.isStartForgotten = false;
        });
  }

  /** Learns parameters for the structure of a circuit; what is zero in it stays zero. */
  public TrainOptions withStructure(Circuit circuit) {
    return with(
        o -> {
          o.start = circuit;
          o.isStartForgotten = true;
        });
  }

  /** Keeps what is learned on the way in a folder. */
  public TrainOptions withCheckpoints(@Nullable Path folder) {
    return with(o -> o.checkpoints = folder);
  }

  /** Seed, threads, precision. */
  public TrainOptions withLearn(LearnOptions newLearn) {
    return with(o -> o.learn = newLearn);
  }

  /** Who is told of progress, and who may end it. */
  public TrainOptions withProgress(Consumer<Progress> newProgress, BooleanSupplier newStop) {
    return with(
        o -> {
          o.progress = newProgress;
          o.stop = newStop;
        });
  }

  private TrainOptions with(Consumer<Copy> change) {
    Copy copy = new Copy(this);
    change.accept(copy);
    return copy.options();
  }

  /** A copy while it is changed. */
  private static final class Copy {
    Family family;
    int states;
    Method method;
    int epochs;
    @Nullable String classVariable;
    @Nullable TrainingData valid;
    double validFraction;
    double budget;
    long limitNanos;
    @Nullable Circuit start;
    boolean isStartForgotten;
    @Nullable Path checkpoints;
    LearnOptions learn;
    Consumer<Progress> progress;
    BooleanSupplier stop;

    Copy(TrainOptions of) {
      family = of.family;
      states = of.states;
      method = of.method;
      epochs = of.epochs;
      classVariable = of.classVariable;
      valid = of.valid;
      validFraction = of.validFraction;
      budget = of.budget;
      limitNanos = of.limitNanos;
      start = of.start;
      isStartForgotten = of.isStartForgotten;
      checkpoints = of.checkpoints;
      learn = of.learn;
      progress = of.progress;
      stop = of.stop;
    }

    TrainOptions options() {
      return new TrainOptions(
          family,
          states,
          method,
          epochs,
          classVariable,
          valid,
          validFraction,
          budget,
          limitNanos,
          start,
          isStartForgotten,
          checkpoints,
          learn,
          progress,
          stop);
    }
  }
}
