package example;

/**
 * How probable a state of a variable is, given all readings. One fact a state, which is updated.
 */
public final class Belief {
  private final String variable;
  private final String state;
  private double probability;

  Belief(String variable, String state, double probability) {
    this.variable = variable;
    this.state = state;
    this.probability = probability;
  }

  public String getVariable() {
    return variable;
  }

  public String getState() {
    return state;
  }

  public double getProbability() {
    return probability;
  }

  void setProbability(double probability) {
    this.probability = probability;
  }
}
