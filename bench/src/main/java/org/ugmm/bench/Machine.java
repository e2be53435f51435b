package org.ugmm.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** What a reader needs to know of the machine to compare figures. */
final class Machine {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private Machine() {}

  /** Processor, memory, load, JDK and flags as Markdown. */
  static List<String> facts() {
    var system = ManagementFactory.getOperatingSystemMXBean();
    return List.of(
        "- Processor: %s, %d available".formatted(processor(), system.getAvailableProcessors()),
        "- System: %s %s %s".formatted(system.getName(), system.getVersion(), system.getArch()),
        String.format(
            Locale.ROOT, "- Load average at the start: %.1f", system.getSystemLoadAverage()),
        "- JDK: %s %s"
            .formatted(System.getProperty("java.vm.name"), System.getProperty("java.vm.version")),
        "- Flags of a fork: --add-modules=jdk.incubator.vector and what this JVM was given: "
            + ManagementFactory.getRuntimeMXBean().getInputArguments());
  }

  private static String processor() {
    try {
      if (Files.exists(CPU_INFO)) {
        for (String line : Files.readAllLines(CPU_INFO)) {
          if (line.startsWith("model name")) {
            return line.substring(line.indexOf(':') + 1).trim();
          }
        }
      }
    } catch (IOException e) {
      return "unknown, " + CPU_INFO + " cannot be read: " + e.getMessage();
    }
    return "unknown";
  }
}
