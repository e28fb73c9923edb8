/**
 * The benchmarks: a class for each operation, with what it is compared to in the same class, and
 * programs that load whole servers.
 *
 * <p>{@link dev.lmtp.benchmarks.Benchmarks} is the one to run; {@code docs/performance.md} says
 * with which arguments and how to read what it prints. A figure means something beside the other of
 * its row only: both are measured by turns. The classes are public for JMH alone; nothing here is
 * published, and all of it may change.
 */
package dev.lmtp.benchmarks;
