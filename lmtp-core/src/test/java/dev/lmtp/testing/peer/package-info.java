/**
 * What the tests against other people's programs share: how such a program is found, run, started,
 * stopped and listened to. Whatever is not installed skips the test that wants it.
 */
package dev.lmtp.testing.peer;
