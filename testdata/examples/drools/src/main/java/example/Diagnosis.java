package example;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.drools.model.codegen.ExecutableModelProject;
import org.kie.api.KieServices;
import org.kie.api.builder.KieBuilder;
import org.kie.api.builder.KieFileSystem;
import org.kie.api.builder.Message;
import org.kie.api.event.rule.ObjectDeletedEvent;
import org.kie.api.event.rule.ObjectInsertedEvent;
import org.kie.api.event.rule.ObjectUpdatedEvent;
import org.kie.api.event.rule.RuleRuntimeEventListener;
import org.kie.api.runtime.KieContainer;
import org.kie.api.runtime.KieSession;
import org.kie.api.runtime.rule.FactHandle;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Inference;
import org.ugmm.engine.Session;
import org.ugmm.engine.data.CategoricalPosterior;

/**
 * A diagnosis by rules that read probabilities. Readings come and go, by hand or by rules; each
 * changes what a session of the engine knows, and the beliefs follow it. Not thread-safe.
 */
public final class Diagnosis implements AutoCloseable {
  /*
   * Beliefs are facts that are updated, not ones that are inserted logically: those would stand until
   * the rule that made them is evaluated again, with the numbers of the time before. Rules may add
   * readings, which change beliefs, which fire rules: settle() goes on until neither changes.
   */
  private static final int MAX_ROUNDS = 100;

  private final Circuit circuit;
  private final Session known;
  private final KieSession rules;
  private final List<String> variables;
  private final Map<String, List<Belief>> beliefs = new HashMap<>();
  private final Map<Belief, FactHandle> handles = new HashMap<>();
  private final Map<String, List<Reading>> readings = new HashMap<>();
  private boolean isStale = true;

  /** The rules, compiled once for all sessions. */
  public static KieContainer rules() {
    KieServices services = KieServices.Factory.get();
    KieFileSystem files = services.newKieFileSystem();
    files.write(
        "src/main/resources/example/diagnosis.drl",
        services.getResources().newClassPathResource("example/diagnosis.drl", Diagnosis.class));
    KieBuilder builder = services.newKieBuilder(files).buildAll(ExecutableModelProject.class);
    if (builder.getResults().hasMessages(Message.Level.ERROR)) {
      throw new IllegalStateException(builder.getResults().toString());
    }
    return services.newKieContainer(builder.getKieModule().getReleaseId());
  }

  /**
   * Starts with no reading.
   *
   * @param variables of which the rules know what to believe
   */
  public Diagnosis(Inference inference, KieContainer rules, String... variables) {
    circuit = inference.circuit();
    known = new Session(inference);
    this.variables = List.of(variables);
    this.rules = rules.newKieSession();
    this.rules.addEventListener(new Listener());
    settle();
  }

  private final class Listener implements RuleRuntimeEventListener {
    @Override
    public void objectInserted(ObjectInsertedEvent event) {
      if (event.getObject() instanceof Reading reading) {
        readings.computeIfAbsent(reading.getVariable(), none -> new ArrayList<>()).add(reading);
        know(reading.getVariable());
      }
    }

    @Override
    public void objectUpdated(ObjectUpdatedEvent event) {
      if (event.getOldObject() instanceof Reading before
          && event.getObject() instanceof Reading now) {
        readings.get(before.getVariable()).remove(before);
        know(before.getVariable());
        readings.computeIfAbsent(now.getVariable(), none -> new ArrayList<>()).add(now);
        know(now.getVariable());
      }
    }

    @Override
    public void objectDeleted(ObjectDeletedEvent event) {
      if (event.getOldObject() instanceof Reading reading) {
        readings.get(reading.getVariable()).remove(reading);
        know(reading.getVariable());
      }
    }
  }

  /** The last reading of a variable counts. */
  private void know(String variable) {
    List<Reading> of = readings.get(variable);
    if (of.isEmpty()) {
      known.retract(variable);
    } else {
      known.assertPoint(variable, of.get(of.size() - 1).getState());
    }
    isStale = true;
  }

  /** Adds a reading; {@link #settle} draws the conclusions. */
  public FactHandle add(Reading reading) {
    return rules.insert(reading);
  }

  /** Puts another reading in the place of one. */
  public void replace(FactHandle handle, Reading reading) {
    rules.update(handle, reading);
  }

  /** Takes a reading back. */
  public void remove(FactHandle handle) {
    rules.delete(handle);
  }

  /**
   * Lets beliefs and rules follow what is known until nothing changes any more.
   *
   * @throws IllegalStateException if they go round in circles
   */
  public void settle() {
    for (int round = 0; round < MAX_ROUNDS; round++) {
      boolean hasChanged = isStale && believe();
      if (rules.fireAllRules() == 0 && !hasChanged && !isStale) {
        return;
      }
    }
    throw new IllegalStateException("the rules go round in circles: a belief undoes its reason");
  }

  /** Updates beliefs; returns whether one has changed. */
  private boolean believe() {
    isStale = false;
    boolean hasChanged = false;
    for (String variable : variables) {
      double[] probabilities = probabilities(variable);
      List<Belief> states = beliefs.computeIfAbsent(variable, this::unknown);
      for (int s = 0; s < probabilities.length; s++) {
        Belief belief = states.get(s);
        if (belief.getProbability() != probabilities[s]) {
          belief.setProbability(probabilities[s]);
          rules.update(handles.get(belief), belief);
          hasChanged = true;
        }
      }
    }
    return hasChanged;
  }

  private List<Belief> unknown(String variable) {
    List<Belief> states = new ArrayList<>();
    for (String state : states(variable)) {
      Belief belief = new Belief(variable, state, Double.NaN);
      handles.put(belief, rules.insert(belief));
      states.add(belief);
    }
    return states;
  }

  private List<String> states(String variable) {
    return ((org.ugmm.engine.data.Variable.Categorical)
            circuit.variables().get(circuit.indexOf(variable)))
        .states();
  }

  private double[] probabilities(String variable) {
    List<Reading> of = readings.getOrDefault(variable, List.of());
    if (of.isEmpty()) {
      return ((CategoricalPosterior) known.posterior(variable)).probabilities();
    }
    double[] certain = new double[states(variable).size()];
    certain[states(variable).indexOf(of.get(of.size() - 1).getState())] = 1;
    return certain;
  }

  /** What the engine knows. */
  public Session known() {
    return known;
  }

  /** What is believed of a state. */
  public double belief(String variable, String state) {
    return beliefs.get(variable).get(states(variable).indexOf(state)).getProbability();
  }

  /** What stands concluded, in alphabetical order. */
  public List<String> conclusions() {
    TreeSet<String> found = new TreeSet<>();
    for (Object fact : rules.getObjects(Conclusion.class::isInstance)) {
      found.add(((Conclusion) fact).what());
    }
    return List.copyOf(found);
  }

  @Override
  public void close() {
    rules.dispose();
  }

  private void tell(String what) {
    settle();
    System.out.printf(
        "%-28s tuberculosis %.4f, bronchitis %.4f, %s%n",
        what, belief("tub", "yes"), belief("bronc", "yes"), conclusions());
  }

  /** Runs with the path of the network of Asia. */
  public static void main(String[] args) throws Exception {
    Circuit circuit = ModelCompiler.compile(Path.of(args[0]), CompileOptions.defaults()).circuit();
    try (Diagnosis diagnosis =
        new Diagnosis(new Inference(circuit), rules(), "tub", "bronc", "either", "lung")) {
      diagnosis.tell("nothing is known");
      diagnosis.add(new Reading("dysp", "yes"));
      diagnosis.tell("short of breath");
      FactHandle xray = diagnosis.add(new Reading("xray", "yes"));
      diagnosis.tell("the X-ray is abnormal");
      diagnosis.add(new Reading("asia", "yes"));
      diagnosis.tell("was in Asia");
      diagnosis.replace(xray, new Reading("xray", "no"));
      diagnosis.tell("another X-ray is normal");
      diagnosis.remove(xray);
      diagnosis.tell("neither X-ray was his");
    }
  }
}
