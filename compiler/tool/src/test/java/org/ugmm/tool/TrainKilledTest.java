package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.engine.Circuit;
import org.ugmm.testdata.Golden;

/** Processes that learn, killed wherever they are, and resumed. */
final class TrainKilledTest {
  private static final int KILLS = 2;

  @TempDir private Path folder;

  /** Starts the command that learns a model in a process of its own. */
  private Process start(Path model, List<String> way) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "org.ugmm.tool.Main"));
    command.addAll(arguments(model, way));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("said.txt").toFile())
        .start();
  }

  private static List<String> arguments(Path model, List<String> way) {
    List<String> arguments = new ArrayList<>(List.of("train"));
    arguments.add(Golden.find("data/penguins.csv").toString());
    arguments.addAll(List.of("-o", model.toString(), "--class", "species", "--threads", "1"));
    arguments.addAll(way);
    return arguments;
  }

  private void goOn(List<String> way) throws Exception {
    Path whole = folder.resolve("whole.circuit");
    long began = System.nanoTime();
    Process undisturbed = start(whole, way);
    assertEquals(0, undisturbed.waitFor(), Files.readString(folder.resolve("said.txt")));
    long nanos = System.nanoTime() - began;

    Path killed = folder.resolve("killed.circuit");
    List<String> resumed = new ArrayList<>(way);
    resumed.add("--resume");
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int kill = 0; kill < KILLS; kill++) {
      Process process = start(killed, resumed);
      process.waitFor(random.nextLong(nanos), TimeUnit.NANOSECONDS);
      process.destroyForcibly().waitFor();
    }
    Process last = start(killed, resumed); // with the same kernels, whichever those are
    assertEquals(0, last.waitFor(), Files.readString(folder.resolve("said.txt")));
    assertArrayEquals(parameters(whole), parameters(killed), "seed " + seed);
  }

  private static double[] parameters(Path model) throws IOException {
    Circuit circuit = Circuit.load(model);
    double[] all = new double[circuit.numParameters()];
    int at = 0;
    for (int n = 0; n < circuit.numNodes(); n++) {
      for (int i = 0; i < circuit.numParameters(n); i++) {
        all[at++] = circuit.parameter(n, i);
      }
    }
    return all;
  }

  @Test
  void a_search_killed_at_random_instants_ends_with_the_same_bits() throws Exception {
    goOn(List.of("--budget", "3e7", "--epochs", "4"));
  }

  @Test
  void a_network_killed_at_random_instants_ends_with_the_same_bits() throws Exception {
    goOn(List.of("--kinds", "island=id,sex=id", "--network", "5-6-3", "--epochs", "30"));
  }

  @Test
  void a_tractable_network_killed_at_random_instants_ends_with_the_same_bits() throws Exception {
    goOn(List.of("--network", "7-6-6-3", "--tractable", "--epochs", "4"));
  }
}
