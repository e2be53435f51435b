package org.ugmm.compiler.model;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * A variable of a model: what the engine knows of it, and the numbers that a Gaussian reads for its
 * states.
 *
 * @param variable the variable of the circuit
 * @param codes one number a state of a categorical variable, 0, 1, 2, ... unless declared; empty
 *     for a real one
 */
public record ModelVariable(Variable variable, List<Double> codes) {
  /** Copies the codes. */
  public ModelVariable {
    codes = List.copyOf(codes);
  }

  /** A variable with the codes that it declares. */
  public static ModelVariable of(Variable variable) {
    return new ModelVariable(
        variable,
        variable instanceof Categorical categorical
            ? IntStream.range(0, categorical.numStates()).mapToObj(categorical::code).toList()
            : List.of());
  }

  /** The name. */
  public String name() {
    return variable.name();
  }

  /** A categorical variable with a code for each state. */
  public static ModelVariable categorical(String name, List<String> states, double[] codes) {
    return of(new Categorical(name, states, Arrays.stream(codes).boxed().toList()));
  }
}
